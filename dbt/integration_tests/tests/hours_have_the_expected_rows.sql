{{ differences(ref('ozonetel__hours'), ref('expected_hours')) }}
