"""The site as a browser sees it: a folder for each page."""
