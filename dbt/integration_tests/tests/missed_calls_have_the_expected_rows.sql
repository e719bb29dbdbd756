{{ differences(ref('ozonetel__missed_calls'), ref('expected_missed_calls')) }}
