"""A server of the official Python SDK, for both of its major versions: server.py stdio | server.py PORT"""

import asyncio
import sys
from typing import Annotated

from mcp.types import CreateMessageResult, ListRootsResult, SamplingMessage, TextContent
from pydantic import BaseModel

try:
    from mcp.server.mcpserver import Context, Elicit, Image, ListRoots, MCPServer, Resolve, Sample, UserMessage

    server = MCPServer("python", version="1")
    modern = True
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP, Image
    from mcp.server.fastmcp.prompts.base import UserMessage

    server = FastMCP("python", port=int(sys.argv[1]) if sys.argv[1].isdigit() else 8000)
    modern = False

PIXEL = (
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63"
    "64f8cf500f00038601805a34 7d6b0000000049454e44ae426082"
)


class Forecast(BaseModel):
    city: str
    celsius: float


class Name(BaseModel):
    name: str


@server.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def forecast(city: str) -> Forecast:
    """Returns the forecast of a city."""
    return Forecast(city=city, celsius=3.5)


@server.tool()
def fail(reason: str) -> str:
    """Fails."""
    raise ValueError(reason)


@server.tool()
def picture() -> Image:
    """Returns a picture."""
    return Image(data=bytes.fromhex(PIXEL.replace(" ", "")), format="png")


@server.tool()
async def count(to: int, ctx: Context) -> str:
    """Counts and reports each number."""
    for n in range(1, to + 1):
        await ctx.report_progress(n, to, f"number {n}")
        await asyncio.sleep(0.02)
    return "counted"


@server.tool()
async def wait(seconds: float) -> str:
    """Waits. Writes a line to stderr if it is cancelled."""
    try:
        await asyncio.sleep(seconds)
    except BaseException:
        print("wait was cancelled", file=sys.stderr, flush=True)
        raise
    return "waited"


def question(topic: str) -> list[SamplingMessage]:
    return [SamplingMessage(role="user", content=TextContent(type="text", text=f"What is {topic}?"))]


if modern:

    async def sample(topic: str) -> Sample:
        return Sample(question(topic), max_tokens=40)

    @server.tool()
    async def explain(topic: str, answer: Annotated[CreateMessageResult, Resolve(sample)]) -> str:
        """Has the model of the client explain a topic."""
        return f"The model says: {answer.content.text}"

    async def list_roots() -> ListRoots:
        return ListRoots()

    @server.tool()
    async def folders(roots: Annotated[ListRootsResult, Resolve(list_roots)]) -> str:
        """Lists the folders of the client."""
        return " ".join(str(root.uri) for root in roots.roots)

    async def ask() -> Elicit[Name]:
        return Elicit("What is your name?", Name)

    @server.tool()
    async def greet(name: Annotated[Name, Resolve(ask)]) -> str:
        """Asks the user for a name and greets."""
        return f"Hello {name.name}"

else:

    @server.tool()
    async def explain(topic: str, ctx: Context) -> str:
        """Has the model of the client explain a topic."""
        answer = await ctx.session.create_message(question(topic), max_tokens=40)
        return f"The model says: {answer.content.text}"

    @server.tool()
    async def folders(ctx: Context) -> str:
        """Lists the folders of the client."""
        return " ".join(str(root.uri) for root in (await ctx.session.list_roots()).roots)

    @server.tool()
    async def greet(ctx: Context) -> str:
        """Asks the user for a name and greets."""
        answer = await ctx.elicit("What is your name?", Name)
        return f"Hello {answer.data.name}" if answer.action == "accept" else f"The user did {answer.action}"


@server.resource("notes://today")
def today() -> str:
    """A note."""
    return "buy milk"


@server.resource("notes://{day}/text")
def note(day: str) -> str:
    """The note of a day."""
    return f"note of {day}"


@server.prompt()
def review(code: str) -> list[UserMessage]:
    """Asks for a review."""
    return [UserMessage(f"Review this code: {code}")]


if sys.argv[1] == "stdio":
    server.run("stdio")
elif modern:
    server.run("streamable-http", port=int(sys.argv[1]))
else:
    server.run("streamable-http")
