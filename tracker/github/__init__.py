"""Issues at GitHub: pushed to a repository, and followed there. docs/github.md says what it does.

client.py calls, texts.py says what is sent, asking.py takes the wish, comparing.py finds what has changed here, push.py
sends, observing.py takes in what GitHub says, follow.py looks, waking.py takes webhooks.
"""
