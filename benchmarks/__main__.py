"""Run every benchmark and print its figures."""

from benchmarks import clips, import_time, polling, polling_live, quotes, sandbox_clip

for benchmark in (import_time, quotes, sandbox_clip, clips, polling, polling_live):
    print(f"\n# {benchmark.__doc__.splitlines()[0]}" if benchmark.__doc__ else "")
    benchmark.main()
