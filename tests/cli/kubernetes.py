#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples of dist/kubernetes and dist/container say what the program, its
unit, its packages and the README say.

Prints `ok`, `not ok` and `skipped` lines and `N passed, N failed, N skipped`.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
SPINDRIFT = os.environ.get("SPINDRIFT", str(BUILD / "spindrift"))
KUBERNETES = ROOT / "dist" / "kubernetes"
CONTAINERFILE = ROOT / "dist" / "container" / "Containerfile"
STATE = "/var/lib/spindrift"


def read(*path):
    return ROOT.joinpath(*path).read_text()


def document(name):
    (found,) = yaml.safe_load_all((KUBERNETES / name).read_text())
    return found


def unit(key):
    text = read("dist", "systemd", "spindrift-collect.service")
    (value,) = re.findall(rf"^{key}=(.*)$", text, re.M)
    return value


def seconds(span):
    number, name = re.fullmatch(r"(\d+)(s|min)", span).groups()
    return int(number) * {"s": 1, "min": 60}[name]


def entries(path):
    """KEY and VALUE of each line of a configuration of collect."""
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    lines = [line for line in lines if line[0] not in "#[;"]
    return [tuple(part.strip() for part in line.split("=", 1)) for line in lines]


def instructions():
    """Those of the Containerfile, continued lines joined."""
    text = "\n".join(
        line for line in CONTAINERFILE.read_text().splitlines() if line[:1] != "#"
    )
    joined = re.sub(r"\\\n\s*", " ", text)
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line]


def installed():
    """The packages that each apt-get of the Containerfile names."""
    runs = [rest for word, rest in instructions() if word == "RUN"]
    calls = re.findall(r"apt-get install ([^&;]*)", " ; ".join(runs))
    return [word for call in calls for word in call.split() if word[0] != "-"]


def build_packages():
    pattern = r"\b(?:command|module|python|file) \S+ ([a-z0-9][a-z0-9.+-]+)"
    return set(re.findall(pattern, read("scripts", "deps.sh")))


class Kubernetes:
    def __init__(self):
        self._set = document("daemonset.yaml")
        self._template = self._set["spec"]["template"]
        self._pod = self._template["spec"]
        (self._container,) = self._pod["containers"]
        self._config = KUBERNETES / "collect.conf"
        self._values = dict(entries(self._config))

    def _run(self, *arguments):
        return subprocess.run(
            [SPINDRIFT, *map(str, arguments)], capture_output=True, text=True
        )

    def kustomization_names_every_file(self):
        kustomization = document("kustomization.yaml")
        (generator,) = kustomization["configMapGenerator"]
        named = {*kustomization["resources"], *generator["files"]}
        there = {path.name for path in KUBERNETES.iterdir()}
        assert named | {"kustomization.yaml"} == there, (named, there)
        (config,) = [v for v in self._pod["volumes"] if "configMap" in v]
        assert config["configMap"]["name"] == generator["name"]
        namespace = document("namespace.yaml")["metadata"]["name"]
        assert kustomization["namespace"] == namespace

    def daemonset_selects_its_own_pods(self):
        selected = self._set["spec"]["selector"]["matchLabels"]
        assert selected == self._template["metadata"]["labels"]

    def arguments_are_options_of_the_program(self):
        command, *arguments = self._container["args"]
        known = self._run(command, "--help").stdout
        known = set(re.findall(r"(?<![\w-])--[a-z0-9-]+", known))
        options = {word for word in arguments if word.startswith("-")}
        assert options and options <= known, options - known
        given = {name for name, _ in entries(self._config)}
        assert given <= {name[2:] for name in known}, given

    def arguments_and_configuration_are_accepted(self):
        """Up to the interface, which no machine has."""
        text = re.sub(r"(?m)^interface = .*", "interface = nosuch0", read(self._config))
        with tempfile.TemporaryDirectory(prefix="spindrift-cli.") as directory:
            path = pathlib.Path(directory) / "collect.conf"
            path.write_text(text)
            words = {"/etc/spindrift/collect.conf": path, "$(NODE_NAME)": "node"}
            done = self._run(*(words.get(a, a) for a in self._container["args"]))
        assert done.returncode == 1, done
        assert done.stderr == "spindrift: nosuch0: no such interface\n", done.stderr

    def rights_are_those_of_the_unit(self):
        context = self._container["securityContext"]
        want = [name[4:] for name in unit("CapabilityBoundingSet").split()]
        assert context["capabilities"] == {"drop": ["ALL"], "add": want}
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert self._pod["hostNetwork"] is True
        assert not {"hostPID", "hostIPC"} & self._pod.keys()
        assert "privileged" not in context
        text = read("docs", "kubernetes.md")
        assert all(f"`{name}`" in text for name in want), want

    def limits_are_those_of_the_unit(self):
        memory = self._container["resources"]["limits"]["memory"]
        assert memory == unit("MemoryMax") + "i", memory
        grace = self._pod["terminationGracePeriodSeconds"]
        assert grace == seconds(unit("TimeoutStopSec")), grace
        probe = self._container["startupProbe"]
        start = probe["periodSeconds"] * probe["failureThreshold"]
        assert start == seconds(unit("TimeoutStartSec")), start

    def probes_ask_where_metrics_are(self):
        for name in "startupProbe", "livenessProbe":
            get = self._container[name]["httpGet"]
            assert f"{get['host']}:{get['port']}" == self._values["metrics"], name
            assert get["path"] == "/metrics", name

    def volumes_are_where_the_program_looks(self):
        mounts = {m["mountPath"]: m["name"] for m in self._container["volumeMounts"]}
        assert set(mounts) == {STATE, "/etc/spindrift"}, mounts
        assert {v["name"] for v in self._pod["volumes"]} == set(mounts.values())
        assert "/etc/spindrift/collect.conf" in self._container["args"]
        assert not self._values["output"].startswith("/")
        assert unit("StateDirectory") == pathlib.Path(STATE).name
        assert [to for word, to in instructions() if word == "WORKDIR"][-1] == STATE

    def images_have_the_version(self):
        version = re.search(r"^VERSION := (\S+)$", read("Makefile"), re.M)[1]
        image = self._container["image"]
        assert image == f"spindrift:{version}", image
        for text in CONTAINERFILE.read_text(), read("docs", "kubernetes.md"):
            found = set(re.findall(r"\bspindrift:[0-9.]+[0-9]", text))
            assert found == {image}, found

    def image_is_built_as_the_readme_says(self):
        steps = "make deb && sudo apt install ./build/deb/*.deb"
        assert steps in read("README.md")
        runs = [rest for word, rest in instructions() if word == "RUN"]
        assert "make deb" in runs, runs
        assert "./build/deb/*.deb" in installed()

    def image_repeats_no_list_of_packages(self):
        """What the build needs is known to scripts/deps.sh, the rest to dpkg."""
        names = [name for name in installed() if "/" not in name]
        assert sorted(names) == ["make", "systemd-standalone-sysusers"], names
        assert not set(names) & build_packages()
        assert {"libhdf5-dev", "clang", "dpkg-dev"} <= build_packages()
        control = read("dist", "debian", "control")
        assert "systemd | systemd-standalone-sysusers" in control

    def image_takes_no_builds_and_no_history(self):
        ignored = read(".dockerignore").splitlines()
        assert {".git", "build"} <= set(ignored), ignored


def main():
    n_failed = n_skipped = 0
    claims = [name for name in vars(Kubernetes) if not name.startswith("_")]
    live = [name for name in claims if name.startswith("arguments_")]
    if not os.access(SPINDRIFT + "-collect", os.X_OK):
        n_skipped = len(live)
        claims = [name for name in claims if name not in live]
        print("skipped arguments: spindrift-collect is not built")
    try:
        test = Kubernetes()
        print("ok examples_are_yaml")
    except yaml.YAMLError as error:
        print(f"not ok examples_are_yaml: {error!r}")
        print("0 passed, 1 failed, 0 skipped")
        return True
    for name in claims:
        try:
            getattr(test, name)()
            print(f"ok {name}")
        except (AssertionError, KeyError, ValueError, OSError) as error:
            n_failed += 1
            print(f"not ok {name}: {error!r}")
    n_passed = 1 + len(claims) - n_failed
    print(f"{n_passed} passed, {n_failed} failed, {n_skipped} skipped")
    return bool(n_failed)


if __name__ == "__main__":
    sys.exit(main())
