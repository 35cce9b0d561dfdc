"""How dates are written in the languages for which Django has no way."""
