"""Everything to make a first call on one machine: a site, an agent's screen, a phone line and a phone."""
