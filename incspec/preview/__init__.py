"""Preview: the page of a spec, shown by a server on this machine, which follows the spec while it is written.

follow.py   a spec -> what the page is to show, again whenever a file that the spec is made of changes
server.py   the page and what follows it, to browsers on this machine alone
"""
