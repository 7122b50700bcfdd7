"""The documents of docs/ as pages of the product: read, linked and searched where people work."""
