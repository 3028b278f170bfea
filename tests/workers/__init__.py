"""Workers and schedulers in processes of their own, and what is done to them."""
