{{ differences(ref('ozonetel__calls'), ref('expected_calls')) }}
