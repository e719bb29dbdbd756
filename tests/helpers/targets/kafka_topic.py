# /// script
# requires-python = ">=3.11"
# dependencies = ["target-kafka==0.1.3"]
# ///
"""Writes the records of a topic as a JSON list.

uv run --script kafka_topic.py ADDRESS TOPIC
"""

from __future__ import annotations

import sys

from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-not-found]


def main(address: str, topic: str) -> None:
    """Read all partitions to their ends."""
    consumer = KafkaConsumer(bootstrap_servers=address, enable_auto_commit=False)
    numbers = consumer.partitions_for_topic(topic)
    partitions = [TopicPartition(topic, number) for number in numbers]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    ends = consumer.end_offsets(partitions)
    records = []
    while any(consumer.position(partition) < end for partition, end in ends.items()):
        for batch in consumer.poll(timeout_ms=1000).values():
            records += [message.value.decode() for message in batch]
    consumer.close()
    sys.stdout.write(f"[{','.join(records)}]")


if __name__ == "__main__":
    main(*sys.argv[1:])
