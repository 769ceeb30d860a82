"""What people and agents read: the reference, the pages of docs/, the manual on one page."""
