"""Comments at the head of the code, in every language that writes them with `#`."""

from __future__ import annotations

from seedance_nb.export._plan import Plan
from seedance_nb.export._python_text import comment

ONCE = "Sent once, never repeated: nothing tells a second create from the first, and each clip is billed."
_SEED = "No seed is sent: the provider draws one. The package itself draws one at submit and sends it."


def heading(plan: Plan, means: str, needs: str) -> str:
    """What the code does, what it needs, and what is wrong with the request."""
    lines = [
        f"A clip from {plan.facts.name}, with {means}: create a task, wait for its end, save the clip.",
        f"{needs} The key comes from {plan.facts.key_env}.",
        *(f"This request has a problem: {problem}" for problem in plan.problems),
    ]
    return "\n".join(map(comment, lines))


def seed_note(plan: Plan) -> list[str]:
    """Why there is no seed, where the package would draw one."""
    return [comment(_SEED)] if plan.draws_seed else []
