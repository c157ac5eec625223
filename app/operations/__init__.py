"""Running the product: migrations, demo data, health."""
