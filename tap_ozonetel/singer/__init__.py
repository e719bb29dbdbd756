"""What any tap on the SDK needs and the SDK lacks. Knows no stream and nothing of Ozonetel."""
