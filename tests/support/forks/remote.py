"""What xdist executes in each worker: in a fork that has collected the tests it goes on there, else as usual."""

if __name__ == "__channelexec__":
    import sys
    from importlib.machinery import PathFinder
    from pathlib import Path

    if (worker := sys.modules.get("tests.support.forks.worker")) is not None:
        worker.run(channel)  # type: ignore[name-defined]  # noqa: F821
    else:
        xdist = PathFinder.find_spec("xdist")  # not imported before pytest, which makes over what its plugins assert
        file = Path(xdist.origin or "").with_name("remote.py") if xdist else Path()
        exec(compile(file.read_text(), file, "exec"), globals())
