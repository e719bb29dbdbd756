{{ differences(ref('ozonetel__days'), ref('expected_days')) }}
