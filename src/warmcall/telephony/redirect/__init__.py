"""A small SIP redirect server: any trunk, PBX or proxy that follows a 302 can ask it where a call goes."""
