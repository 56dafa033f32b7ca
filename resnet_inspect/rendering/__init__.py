"""The pages of reports, and one module for each format that writes them."""
