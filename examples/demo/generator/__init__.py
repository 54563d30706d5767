"""The generator of the demo company: an event log first, then the files a company would have kept of it, and the truth.

Nothing here imports the product: truth.json would prove little if it did.
"""
