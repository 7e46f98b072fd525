"""The page to explore a network in: a checked network -> `index.html`, one file that stands by itself.

In order of processing:

    outline.py      what is in each graph, as items (items.py), and the program that computes sizes; rules.py has what ops do to
                    sizes, found by running them with the lengths of symbols.py
    levels.py       boxes and arrows of each level that can be opened
    seen.py         receptive fields; texts.py the texts, and the lines of each item; told.py diagnostics
    document.py     all of that as one JSON document
    html.py         the document in a page, with the script and style that app/ is bundled to: assets/

`app/` is in TypeScript; `npm run build` there makes `assets/`, which are committed, so that nobody needs Node to use them.
"""
