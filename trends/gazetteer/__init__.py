"""Provinces of a country as data: codes, spellings, groups and shapes, one folder a country."""

from trends.gazetteer.country import Country, countries, default_country, load_country

__all__ = ["Country", "countries", "default_country", "load_country"]
