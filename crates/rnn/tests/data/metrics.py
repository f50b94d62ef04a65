"""Corpus BLEU, chrF and chrF++ of sacreBLEU: python3 metrics.py > metrics.json

Written with sacreBLEU 2.6.0, default settings, except that BLEU takes the words as they are. The
segments are random words of a small vocabulary, and sentences with punctuation and other scripts.
"""

import json
import random

from sacrebleu.metrics import BLEU, CHRF

WORDS = "the a cat dog sat ran on under mat Straße naïve (well) yes, no. 'so it's x ! 猫 マット".split()

TEXTS = [
    ("the cat sat on a mat", ["the cat sat on the mat"]),
    ("It is a guide to action which ensures that the military always obeys the commands of the party.",
     ["It is a guide to action that ensures that the military will forever heed Party commands.",
      "It is the guiding principle which guarantees the military forces always being under the command of the Party.",
      "It is the practical guide for the army always to heed the directions of the party."]),
    ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"]),
    ("", ["something"]),
    ("(Hello), world!", ["( Hello ) , world !"]),
    ("猫がマットの上に座った。", ["猫はマットの上に座っていた。"]),
    ("a  b\tc", ["abc"]),
    ("x", [""]),
]


def sentence(rng, words):
    return " ".join(rng.choice(words) for _ in range(rng.randint(0, 12)))


def corpora():
    for segment in TEXTS:
        yield [segment]
    yield TEXTS
    rng = random.Random(0)
    for size in [1, 1, 1, 2, 3, 5, 8]:
        for references in [1, 3]:
            words = WORDS[: rng.randint(2, len(WORDS))]
            yield [
                (sentence(rng, words), [sentence(rng, words) for _ in range(references)])
                for _ in range(size)
            ]


def scores(segments):
    most = max(len(references) for _, references in segments)
    hypotheses = [hypothesis for hypothesis, _ in segments]
    # sacreBLEU wants streams of references; one that a segment has not is None.
    streams = [[r[i] if i < len(r) else None for _, r in segments] for i in range(most)]
    bleu = BLEU(tokenize="none", force=True).corpus_score(hypotheses, streams)
    return {
        "segments": segments,
        "bleu": bleu.score,
        "precisions": bleu.precisions,
        "brevity_penalty": bleu.bp,
        "chrf": CHRF().corpus_score(hypotheses, streams).score,
        "chrf_plus_plus": CHRF(word_order=2).corpus_score(hypotheses, streams).score,
    }


print("[\n" + ",\n".join(json.dumps(scores(c)) for c in corpora()) + "\n]")
