"""What any tap on the SDK needs and the SDK lacks. Independent of Ozonetel and its streams."""
