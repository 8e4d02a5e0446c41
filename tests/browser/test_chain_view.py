"""A chain as a person makes it: the strip, the gate with its prices, the clips, and what a saved notebook keeps."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import Lab

SETUP = """
from dataclasses import replace
import seedance_nb as sd
from seedance_nb.sandbox.clip import render
box = sd.sandbox.start(
    scenario=sd.sandbox.Scenario(queue=0.05, run=0.4), render=lambda spec: render(replace(spec, frames=25)))
studio = sd.Studio("sandbox", base_url=box.url("ark"), home="out")
short = {"model": "seedance-2.0-fast", "ratio": "16:9", "resolution": "480p", "duration": 4}
prompts = ["A cat on a hill at sunset, waiting", "它抬头看 <b>the sky</b>", "It runs after a balloon"]
place = sd.Shot(sd.Request("Night: a city street in the rain", **short), follows=False)
story = [*(sd.Request(prompt, **short) for prompt in prompts), place]
"""
STRIP = ".sdnb-chain"


def test_a_chain_is_made_shot_by_shot_and_stays(lab: Lab) -> None:
    """Priced before, sent at the gate, made anew by keyboard, played, then plain HTML without a kernel."""
    lab.open(lab.write(SETUP, "chain = studio.chain(story)\nchain", name="chain.ipynb"))
    lab.theme("light")
    lab.run_all()
    strip = lab.page.locator(STRIP)
    expect(strip).to_contain_text("Nothing is sent yet.")
    expect(strip.locator("li")).to_have_count(4)
    expect(strip).to_contain_text("begins where shot 1 ends")
    expect(strip).to_contain_text("a cut: begins anew")
    lab.screenshot("chain-planned", of=STRIP)

    strip.get_by_role("button", name="Make it shot by shot").click()
    send = strip.get_by_role("button", name="Send shot 2")
    expect(send).to_be_visible()
    expect(send).to_contain_text("¥")
    expect(strip).to_contain_text("Shot 1 is made. Shot 2 is sent when you say so.")
    expect(strip.locator("li").nth(1).locator("img")).to_be_visible()  # the picture that it will begin with
    expect(strip.locator("li").nth(2).locator("img")).to_be_hidden()
    lab.screenshot("chain-gate", of=STRIP)
    lab.theme("dark")
    lab.screenshot("chain-gate-dark", of=STRIP)
    lab.theme("light")

    again = strip.get_by_role("button", name="Make shot 1 anew")
    picture = strip.locator("li").first.locator("img")
    before = picture.get_attribute("src")
    again.focus()
    lab.page.keyboard.press("Enter")
    expect(picture).not_to_have_attribute("src", str(before))
    expect(strip.locator("li").first).to_contain_text("kept")
    expect(send).to_be_visible()
    play = strip.get_by_role("button", name="Play shot 1")
    play.focus()
    lab.page.keyboard.press("Enter")
    lab.page.wait_for_function(
        f"() => {{ const v = document.querySelector('{STRIP} video'); return v && v.currentTime > 0 && v.muted; }}"
    )
    send.click()
    expect(strip.get_by_role("button", name="Send shot 3")).to_be_visible()
    expect(strip.locator("b")).to_have_count(0)  # what a prompt says is text
    strip.get_by_role("button", name="Stop here").scroll_into_view_if_needed()
    lab.page.set_viewport_size({"width": 390, "height": 900})
    lab.screenshot("chain-narrow", of=STRIP)
    lab.page.set_viewport_size({"width": 1280, "height": 900})

    lab.page.evaluate(
        """async () => { const k = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        await k.requestExecute({ code: "chain.run()" }).done; }"""
    )
    expect(lab.page.locator(".jp-OutputArea-output", has_text="A chain of 4 shots").first).to_contain_text("complete")
    expect(strip).to_have_count(0)  # plain HTML stands in its place
    lab.screenshot("chain-over")
    lab.save()
    lab.shutdown_kernel()
    lab.reload()
    over = lab.page.locator(".jp-OutputArea-output", has_text="A chain of 4 shots").first
    expect(over).to_contain_text("complete")
    expect(over.locator("video")).to_have_count(4)
    assert lab.page.get_by_text("model not found").count() == 0
    lab.theme("dark")
    lab.screenshot("chain-over-dark")
    lab.theme("light")
