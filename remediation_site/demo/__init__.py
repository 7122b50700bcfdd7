"""The whole story of the product, played on the sample analyses in minutes, on a database of its own.

`playing` makes that database and starts a process that knows no other; `stage` is what the story is played on, with a
clock that only the story moves; `phases` are its acts. Every act calls the functions that the admin and the workers
call, and checks what a reader may rely on.
"""
