"""Figures: TypedGraph -> pictures in the papers' manner.

In order of processing:

    draw.py         what a figure shows: boxes and arrows, a `Drawing`; labels.py and wording.py have the words, uses.py how
                    blocks are used
    plates.py       all figures of a model, each a drawing with its name, title and caption
    tags.py         what stands on arrows, and the drawing with a tag on the line of each tensor
    layout.py       a drawing in a style -> where everything is: measure.py the boxes, parts.py the frames, placing.py
                    the things of each, strips.py and mesh.py the axes (of strip.py's strips), routes.py the arrows'
                    lines (of curves.py's pieces); fold.py breaks what is too long into lines, levels.py into a U,
                    places.py is what comes of it
    paint.py        -> a `Scene`: rectangles, lines of text and paths, which is what any picture is in the end;
                    palette.py has its colours, legend.py what they mean
    render.py       -> a file's bytes; formats/ has a file for each format, fonts.py the font
"""
