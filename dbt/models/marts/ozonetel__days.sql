{{ ozonetel.measures(['call_date', 'direction', 'campaign_name']) }}
