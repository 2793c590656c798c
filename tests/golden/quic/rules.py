# SPDX-License-Identifier: GPL-2.0-or-later
"""What a flow's spin bits tell, by three sets of rules; see reference.py.

Each gets (time_ns, direction, bit) of every short header of a flow, and what the
handshake told as soon as it did, which may be after the first short headers.
`recorded` is a list of (source, samples) with samples (time_ns, direction, rtt_ns,
bound_ns).
"""

MS = 1_000_000
CLIENT, SERVER = 0, 1
UNDECIDED, CONSTANT, GREASED, SPINNING = "undecided", "constant", "greased", "spinning"
MIN_PACKETS = 8
MIN_TRANSITIONS = 6
MAX_HELD = 4


class Raw:
    """Every change of the bit is an edge; each answers the last one opposite."""

    def __init__(self):
        self.bit = [None, None]
        self.edge_ns = [None, None]
        self.samples = []
        self.flow_class = UNDECIDED

    def add(self, time_ns, direction, bit):
        if self.bit[direction] not in (None, bit):
            start_ns = self.edge_ns[1 - direction]
            if start_ns is not None:
                self.samples.append((time_ns, direction, time_ns - start_ns, 0))
            self.edge_ns[direction] = time_ns
        self.bit[direction] = bit

    def seed(self, direction, rtt_ns):
        pass

    def recorded(self):
        return [("quic_spin", self.samples)]


class Spin:
    """What the design's rules and spindrift's have in common."""

    def __init__(self):
        self.floor_ns = [None, None]
        self.seed_ns = [None, None]
        self.full_ns = None
        self.n_packets = [0, 0]
        self.accepted = [None, None]
        self.raw = [None, None]
        self.last_ns = [None, None]
        self.edge_ns = [None, None]
        self.last_edge = None  # direction of the last accepted one
        self.n_good = self.n_bad = self.n_rejected = self.n_transitions = 0
        self.flow_class = UNDECIDED
        self.held, self.samples, self.upper = [], [], []
        self.n_dropped = 0

    def seed(self, direction, rtt_ns):
        """An RTT of the handshake: never less than what the path took."""
        for known_ns in (self.seed_ns, self.floor_ns):
            if known_ns[direction] is None or rtt_ns < known_ns[direction]:
                known_ns[direction] = rtt_ns
        if self.full_ns is None and None not in self.seed_ns:
            self.full_ns = sum(self.seed_ns)

    def recorded(self):
        return [("quic_spin", self.samples), ("quic_spin_upper", self.upper)]

    def is_legal(self, direction, bit):
        """The server repeats the client's bit, the client inverts the server's.
        Before the server was heard the client may turn to 1."""
        other = self.accepted[1 - direction]
        if other is None:
            return direction == CLIENT and bit == 1
        return other == (bit if direction == SERVER else 1 - bit)

    def full_rose(self, time_ns, direction):
        """The slowly rising minimum of the spin's period."""
        start_ns = self.edge_ns[direction]
        if start_ns is None:
            return
        full_ns = time_ns - start_ns
        if self.full_ns is None:
            self.full_ns = full_ns
        else:
            self.full_ns = min(full_ns, self.full_ns + self.full_ns // 16)

    def is_constant(self):
        return self.n_transitions == 0 and min(self.n_packets) >= MIN_PACKETS

    def record(self, sample, is_upper):
        """Only of a flow that spins; what came before waits for that."""
        if self.flow_class == SPINNING:
            self.emit(sample, is_upper)
        elif self.flow_class != GREASED:
            self.held.append((sample, is_upper))
            if len(self.held) > MAX_HELD:
                self.held.pop(0)
                self.n_dropped += 1

    def emit(self, sample, is_upper):
        (self.upper if is_upper else self.samples).append(sample)

    def release(self):
        for sample, is_upper in self.held:
            self.emit(sample, is_upper)
        self.held = []

    def classify(self):
        self.flow_class = self.next_class()
        if self.flow_class == SPINNING:
            self.release()
        elif self.flow_class == GREASED:
            self.n_dropped += len(self.held)
            self.held = []


class Design(Spin):
    """docs: the rules that spindrift's began from."""

    def add(self, time_ns, direction, bit):
        self.n_packets[direction] += 1
        before_ns, self.last_ns[direction] = self.last_ns[direction], time_ns
        if self.accepted[direction] is None:
            self.accepted[direction] = self.raw[direction] = bit
            return
        is_change, self.raw[direction] = bit != self.raw[direction], bit
        self.n_transitions += is_change
        if bit != self.accepted[direction]:
            self.edge(time_ns, direction, bit, time_ns - before_ns, is_change)
        self.classify()

    def edge(self, time_ns, direction, bit, gap_ns, is_change):
        start_ns = self.edge_ns[direction]
        hold_ns = max(MS, (self.full_ns or 0) // 4)
        if start_ns is not None and time_ns - start_ns < hold_ns:
            self.n_rejected += is_change
        elif not self.is_legal(direction, bit):
            self.n_bad += is_change
        else:
            self.n_good += 1
            if self.last_edge == 1 - direction:
                self.component(time_ns, direction, gap_ns)
            self.full_rose(time_ns, direction)
            self.accepted[direction] = bit
            self.edge_ns[direction] = time_ns
            self.last_edge = direction

    def component(self, time_ns, direction, gap_ns):
        rtt_ns = time_ns - self.edge_ns[1 - direction]
        start_ns = self.edge_ns[direction]
        sample = (time_ns, direction, rtt_ns, min(gap_ns, rtt_ns))
        if start_ns and None not in self.seed_ns:
            if time_ns - start_ns < sum(self.seed_ns) // 8:
                return
        self.record(sample, gap_ns > max(MS, rtt_ns // 2))

    def next_class(self):
        wrong = self.n_bad + self.n_rejected
        if self.n_transitions >= MIN_TRANSITIONS and (
            wrong > 2 * self.n_good or self.n_bad > self.n_good // 4 + 1
        ):
            return GREASED
        if self.flow_class == GREASED:
            return GREASED
        if (
            self.n_good >= 6
            and wrong <= self.n_good // 6
            and min(self.n_packets) >= MIN_PACKETS
        ):
            return SPINNING
        return CONSTANT if self.is_constant() else self.flow_class


def is_tight(sample):
    _, _, rtt_ns, bound_ns = sample
    return bound_ns <= rtt_ns // 8


class Spindrift(Spin):
    """docs/method.md, quic_spin."""

    def __init__(self):
        super().__init__()
        self.is_refused = [False, False]  # in the present run of that bit
        self.is_doubtful = False  # an edge was refused since the last accepted one
        self.was_tight = [False, False]
        self.before_ns = [None, None]  # component and least RTT of the last edge
        self.least_ns = [None, None]

    def add(self, time_ns, direction, bit):
        self.n_packets[direction] += 1
        if self.accepted[direction] in (None, bit):
            self.accepted[direction] = bit
            self.last_ns[direction] = time_ns  # of the last with this bit
            self.is_refused[direction] = False
        else:
            self.n_transitions += 1
            self.edge(time_ns, direction, bit)
        self.classify()

    def refuse(self, direction, counter):
        """Once per run: a true edge comes back with the next packet."""
        if not self.is_refused[direction]:
            setattr(self, counter, getattr(self, counter) + 1)
        self.is_refused[direction] = True

    def component_of(self, time_ns, direction):
        if self.last_edge != 1 - direction:
            return None
        return time_ns - self.edge_ns[1 - direction]

    def is_period_too_short(self, time_ns, direction):
        start_ns = self.edge_ns[direction]
        hold_ns = MS if self.full_ns is None else self.full_ns // 8
        return start_ns is not None and time_ns - start_ns < hold_ns

    def edge(self, time_ns, direction, bit):
        rtt_ns = self.component_of(time_ns, direction)
        floor_ns = self.floor_ns[direction]
        if self.is_period_too_short(time_ns, direction):
            self.refuse(direction, "n_rejected")
        elif not self.is_legal(direction, bit):
            self.is_doubtful = True
            self.refuse(direction, "n_bad")
        elif rtt_ns is not None and floor_ns and rtt_ns < floor_ns // 2:
            self.is_doubtful = True
            # A late packet, or the RTT fell by half: then the floor follows.
            if not self.is_refused[direction]:
                self.floor_ns[direction] -= floor_ns // 4
            self.refuse(direction, "n_rejected")
        else:
            self.accept(time_ns, direction, bit, rtt_ns)

    def accept(self, time_ns, direction, bit, rtt_ns):
        self.n_good += 1
        if rtt_ns is not None:
            gap_ns = time_ns - self.last_ns[direction]
            self.component(time_ns, direction, rtt_ns, gap_ns)
        self.full_rose(time_ns, direction)
        self.accepted[direction] = bit
        self.edge_ns[direction] = self.last_ns[direction] = time_ns
        self.last_edge = direction
        self.is_refused[direction] = False
        self.is_doubtful = False

    def component(self, time_ns, direction, rtt_ns, gap_ns):
        sample = (time_ns, direction, rtt_ns, min(gap_ns, rtt_ns))
        if self.is_doubtful:
            self.lower_floor(direction, rtt_ns)
            self.record(sample, True)
            return
        self.move_floor(direction, rtt_ns, gap_ns)
        is_near = self.is_near(sample) and not self.is_refused[direction]
        self.record(sample, not (is_tight(sample) or is_near))

    def is_near(self, sample):
        _, direction, rtt_ns, _ = sample
        floor_ns = self.floor_ns[direction]
        return floor_ns is not None and rtt_ns <= floor_ns + floor_ns // 8

    def lower_floor(self, direction, rtt_ns):
        floor_ns = self.floor_ns[direction]
        if floor_ns is not None and rtt_ns < floor_ns:
            self.floor_ns[direction] = max(rtt_ns, floor_ns - floor_ns // 4)

    def move_floor(self, direction, rtt_ns, gap_ns):
        """The RTT was at least rtt_ns - gap_ns: two of these in a row raise it."""
        floor_ns = self.floor_ns[direction]
        least_ns = rtt_ns - gap_ns
        if floor_ns is None:
            was_tight = self.was_tight[direction]
            self.was_tight[direction] = gap_ns <= rtt_ns // 4
            if was_tight and self.was_tight[direction]:
                self.floor_ns[direction] = min(rtt_ns, self.before_ns[direction])
        elif rtt_ns >= floor_ns:
            proven_ns = min(least_ns, self.least_ns[direction] or 0)
            if proven_ns > floor_ns:
                self.floor_ns[direction] = min(proven_ns, floor_ns + floor_ns // 4)
        self.lower_floor(direction, rtt_ns)
        self.least_ns[direction], self.before_ns[direction] = least_ns, rtt_ns

    def emit(self, sample, is_upper):
        """Tested again: the floor may have come down while the sample waited."""
        is_upper = is_upper or not (is_tight(sample) or self.is_near(sample))
        super().emit(sample, is_upper)

    def next_class(self):
        n_judged = self.n_good + self.n_bad + self.n_rejected
        score = self.n_good - 8 * self.n_bad - 2 * self.n_rejected
        if score >= 6 and min(self.n_packets) >= MIN_PACKETS:
            return SPINNING
        if n_judged >= MIN_TRANSITIONS and (
            self.n_bad > self.n_good // 4 + 1 or self.n_rejected > 2 * self.n_good
        ):
            return GREASED
        if self.flow_class in (UNDECIDED, CONSTANT):
            return CONSTANT if self.is_constant() else UNDECIDED
        return self.flow_class


RULES = {"raw": Raw, "design": Design, "spindrift": Spindrift}
