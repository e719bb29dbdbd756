{{ differences(ref('ozonetel__agent_days'), ref('expected_agent_days')) }}
