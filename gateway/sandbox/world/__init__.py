"""The made-up data of the stand-ins, one file per vendor; `links` says what belongs together."""
