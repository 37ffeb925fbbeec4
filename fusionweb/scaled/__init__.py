"""Several of each part on one machine, as they stand on several: `python -m fusionweb.scaled`.

A load balancer stands before the web processes, and PostgreSQL and Redis are Debian's, since the packaged ones speak no
TLS. Nothing is shared but what these two hold: each process has a data folder of its own.
"""
