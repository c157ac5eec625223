"""What is printed: what a sheet says, how it is laid out, the PDF."""
