#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads metrics as Prometheus does, by its own parser of OpenMetrics.

    read_metrics.py ADDRESS [NAME LABEL=VALUE...]

ADDRESS is HOST:PORT or unix:PATH. Prints the value of a sample, or, without a
name, how many there are. A text that is not OpenMetrics 1.0 is an error, and so
is a histogram whose buckets do not add up.
"""
import http.client
import socket
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


def fetch(address):
    if address.startswith("unix:"):
        connection = UnixConnection(address[5:])
    else:
        connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", "/metrics")
    response = connection.getresponse()
    text = response.read().decode()
    if response.status != 200 or response.getheader("Content-Type") != CONTENT_TYPE:
        sys.exit(f"{response.status} {response.getheader('Content-Type')}")
    return text


def main():
    samples = [
        sample
        for family in text_string_to_metric_families(fetch(sys.argv[1]))
        for sample in family.samples
    ]
    if len(sys.argv) == 2:
        print(len(samples))
        return
    wanted = dict(word.split("=", 1) for word in sys.argv[3:])
    for sample in samples:
        if sample.name == sys.argv[2] and wanted.items() <= sample.labels.items():
            print(f"{sample.value:.9g}")
            return
    sys.exit(f"no sample {' '.join(sys.argv[2:])}")


if __name__ == "__main__":
    main()
