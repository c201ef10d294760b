"""A phone line on this very machine: SIP over UDP, spoken prompts, keyed codes, and somebody who answers.

It shows and tests the product without a phone company. Production media stays with the owner's phone system.
"""
