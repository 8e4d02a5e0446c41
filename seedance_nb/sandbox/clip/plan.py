"""What a scene shows, decided from the prompt, the seed and the model before anything is drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeVar

from seedance_nb.sandbox.clip.chance import key_of, stream
from seedance_nb.sandbox.clip.palette import Hour, Land, Palette, palette

Weather = Literal["clear", "snow", "rain", "fireflies"]
Hero = Literal["birds", "balloon", "cat", "boat"]
Word = TypeVar("Word", bound=str)

READ = 4_000
"""Only so many characters of a prompt are searched for words; the rest still counts for the seed."""

_HOURS: dict[Hour, str] = {
    "sunset": "sunset golden evening amber 日落 夕阳 黄昏 落日 傍晚 晚霞 金色",
    "dawn": "sunrise dawn morning mist misty fog 日出 清晨 早晨 黎明 晨 朝阳 雾",
    "night": "night midnight moon moonlight stars star starry dark neon galaxy space lantern 夜 月 星 银河 霓虹 灯笼",
    "dusk": "dusk twilight blue purple violet 暮 薄暮 紫",
    "day": "day noon daylight sunny summer bright 白天 阳光 晴 夏 正午 蓝天",
}
_LANDS: dict[Land, str] = {
    "sea": "sea ocean beach wave waves lake river boat ship sail sailing coast island water surf harbor harbour whale "
    "fish dolphin 海 湖 江 河 浪 船 岛 沙滩 水面 鲸 鱼",
    "city": "city street skyline tokyo shanghai york building skyscraper neon downtown car taxi rooftop office robot "
    "城市 街 都市 楼 上海 北京 东京 霓虹 汽车 机器人",
    "dunes": "desert dune dunes sand camel sahara mars 沙漠 沙丘 骆驼 戈壁 火星",
    "forest": "forest tree trees wood woods pine jungle bamboo deer fox bear panda leaf leaves autumn "
    "森林 树 林 竹 熊猫 鹿 狐 秋 枫",
    "mountains": "mountain mountains peak alps himalaya cliff glacier snow snowy winter ice 山 雪 冰 冬 峰 峡谷",
    "meadow": "meadow grass field flower flowers spring garden farm horse dog puppy rabbit "
    "草 田 花 春 花园 马 狗 兔 油菜",
    "hills": "hill hills valley countryside 丘陵 山谷 乡村 村",
}
_WEATHERS: dict[Weather, str] = {
    "snow": "snow snowy snowfall winter blizzard frost christmas 雪 冬 圣诞",
    "rain": "rain rainy storm umbrella drizzle 雨 伞 暴风",
    "fireflies": "firefly fireflies magic magical fairy lantern lanterns dream 萤火 魔法 仙 灯笼 梦",
}
_HEROES: dict[Hero, str] = {
    "cat": "cat cats kitten kitty 猫 喵 貓",
    "boat": "boat ship sail sailing yacht 船 帆 舟",
    "balloon": "balloon balloons 气球 热气球",
    "birds": "bird birds gull gulls crane swan eagle 鸟 鹤 雁 鹰 海鸥",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A scene as a value; the same prompt and seed give the same one for every model but for `fine`."""

    key: str
    hour: Hour
    land: Land
    weather: Weather
    hero: Hero
    colours: Palette
    fine: bool
    """Whether the scene has all its layers, textures and shadows, or only the flat shapes of a fast model."""


def plan(prompt: str, seed: int, model: str) -> Plan:
    """Decide what a prompt and a seed look like."""
    key = key_of(prompt, seed)
    text = prompt[:READ].lower()
    words = set(re.findall(r"[a-z]+", text))
    rng = stream(key, "plan")
    any_hour: Hour = ("dawn", "day", "sunset", "sunset", "dusk", "night")[int(rng.integers(6))]
    any_land: Land = ("hills", "mountains", "dunes", "sea", "forest", "meadow")[int(rng.integers(6))]
    land = _named(_LANDS, text, words) or any_land
    hour = _named(_HOURS, text, words) or any_hour
    weather: Weather = _named(_WEATHERS, text, words) or "clear"
    any_hero: Hero = (
        "boat"
        if land == "sea" and rng.random() < 0.6
        else "balloon"
        if rng.random() < 0.3 and hour not in ("night", "dusk")
        else "birds"
    )
    hero = _named(_HEROES, text, words) or any_hero
    if hero == "boat":
        land = "sea"
    if weather == "clear" and hour in ("dusk", "night") and land in ("forest", "meadow"):
        weather = "fireflies"
    colours = palette(key, hour, land, snow=weather == "snow")
    flat = any(word in model.lower() for word in ("fast", "mini", "lite"))
    return Plan(key, hour, land, weather, hero, colours, fine=not flat)


def _named(table: dict[Word, str], text: str, words: set[str]) -> Word | None:
    """The entry of a table whose word comes first in the text."""
    found = [
        (text.index(name), value)
        for value, names in table.items()
        for name in names.split()
        if name in words or (not name.isascii() and name in text)
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else None
