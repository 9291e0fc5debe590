"""Writes text.json: what scikit-learn's vectorizers make of awkward strings.

    python crates/features/tests/golden/text.py > crates/features/tests/golden/text.json

scikit-learn 1.9.1 wrote the file that is checked in.
"""

import json

import sklearn
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

TEXTS = [
    "The quick brown fox, the lazy dog; the END.",
    "",
    "   \t\n  ",
    "don't stop -- can't_stop 42 x 7th",
    "café CAFÉ cafe\u0301 naïve",
    "😀 good😀bad 👩‍👩‍👧 family",
    "שלום עולם  مرحبا بالعالم",
    "中文分词 不 容易 日本語のテキスト 한국어 텍스트",
    "İstanbul ıssız STRASSE Straße ΟΔΟΣ ΣΊΣΥΦΟΣ",
    "ﬁne ＡＢＣ ½ x² Ⅷ",
    "हिन्दी पाठ ไทย",
    "a\u00a0b\u2003c  d\u2029e\u001cf\u0085g",
    "tab\tseparated\r\nlines\n\nand  double  spaces ",
    "aaaa aaa aa a",
    "the the the quick quick lazy",
]

CASES = {
    "count": (CountVectorizer, {}),
    "count_1_3": (CountVectorizer, {"ngram_range": (1, 3)}),
    "binary_2_2": (CountVectorizer, {"ngram_range": (2, 2), "binary": True}),
    "no_lowercase": (CountVectorizer, {"lowercase": False}),
    "strip_accents": (CountVectorizer, {"strip_accents": "unicode"}),
    "char_1_3": (CountVectorizer, {"analyzer": "char", "ngram_range": (1, 3)}),
    "char_wb_2_5": (CountVectorizer, {"analyzer": "char_wb", "ngram_range": (2, 5)}),
    "min_df": (CountVectorizer, {"min_df": 2}),
    "max_df": (CountVectorizer, {"max_df": 0.1}),
    "max_features": (CountVectorizer, {"max_features": 2}),
    "tfidf": (TfidfVectorizer, {}),
    "tfidf_1_2": (TfidfVectorizer, {"ngram_range": (1, 2)}),
    "tfidf_sublinear": (TfidfVectorizer, {"sublinear_tf": True, "norm": "l1"}),
    "tfidf_not_smooth": (TfidfVectorizer, {"smooth_idf": False, "norm": None}),
    "tfidf_char_wb": (TfidfVectorizer, {"analyzer": "char_wb", "ngram_range": (1, 4)}),
    "hash": (HashingVectorizer, {"n_features": 2**6, "ngram_range": (1, 2)}),
    "hash_char": (HashingVectorizer, {"n_features": 2**8, "analyzer": "char", "ngram_range": (2, 3), "norm": None}),
    "hash_wb": (HashingVectorizer, {"n_features": 2**8, "analyzer": "char_wb", "ngram_range": (3, 4), "norm": "l1"}),
}


def case(kind, settings):
    vectorizer = kind(**settings)
    matrix = vectorizer.fit_transform(TEXTS).tocsr()
    matrix.sort_indices()
    rows = []
    for i in range(matrix.shape[0]):
        span = slice(matrix.indptr[i], matrix.indptr[i + 1])
        rows.append([[int(j), float(v)] for j, v in zip(matrix.indices[span], matrix.data[span]) if v != 0])
    names = [] if kind is HashingVectorizer else list(map(str, vectorizer.get_feature_names_out()))
    return {"settings": {k: list(v) if isinstance(v, tuple) else v for k, v in settings.items()}, "names": names, "rows": rows}


def main():
    cases = {name: case(*own) for name, own in CASES.items()}
    out = {"scikit_learn": sklearn.__version__, "texts": TEXTS, "cases": cases}
    print(json.dumps(out, ensure_ascii=True, indent=0))


main()
