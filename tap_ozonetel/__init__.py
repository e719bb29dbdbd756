"""A Singer tap for the call detail records of an Ozonetel CloudAgent account."""
