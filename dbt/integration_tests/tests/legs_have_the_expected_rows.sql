{{ differences(ref('stg_ozonetel__legs'), ref('expected_legs'), key='leg_id') }}
