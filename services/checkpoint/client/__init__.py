"""The scanner client: a device's half of the gate, which goes on with every server away (R2.2, R2.4).

It knows the domain's rules and speaks HTTP with the service; nothing in it needs a server of ours to be installed.
`cli/` holds its programs, `lastmetre-scanner` and `lastmetre-scan`; `pip install lastmetre[scanner]` installs them.
"""
