"""The texts that models are sent: building, fencing, trimming, and the form of the answer."""
