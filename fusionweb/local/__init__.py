"""The local stack: every part of FusionWeb on one machine, started and stopped by one command (`manage.py up`)."""
