// A sound for each answer, different for each verdict: two high notes, two equal ones, a long low one, two short low ones.

// [pitch in hertz, begin and end in seconds]
const NOTES = {
  allow: [[784, 0, 0.09], [1175, 0.1, 0.22]],
  recheck: [[523, 0, 0.16], [523, 0.24, 0.4]],
  deny: [[196, 0, 0.75]],
  unread: [[330, 0, 0.08], [262, 0.12, 0.2]],
  noted: [[988, 0, 0.07]],
};
const VOLUME = 0.5;

let context = null;

// A browser lets a page sound after the first key or touch.
export function wake() {
  context = context || new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
}

export function play(name) {
  wake();
  for (const [pitch, begin, end] of NOTES[name]) {
    const tone = context.createOscillator(), loudness = context.createGain();
    tone.frequency.value = pitch;
    tone.type = name === "deny" ? "square" : "sine";
    loudness.gain.value = name === "deny" ? VOLUME / 2 : VOLUME;
    tone.connect(loudness).connect(context.destination);
    tone.start(context.currentTime + begin);
    tone.stop(context.currentTime + end);
  }
}
