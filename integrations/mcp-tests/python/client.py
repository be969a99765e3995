"""A client of the official Python SDK, for both of its major versions.

client.py '{"url": ..., "calls": [[name, arguments], ...], "mode": "auto"}'; "command": [..] instead of "url" starts a server.
Prints one line of JSON: {"version": .., "tools": [..], "results": [..]}.
"""

import asyncio
import json
import sys

job = json.loads(sys.argv[1])


def plain(value):
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


async def use(session, version):
    tools = await session.list_tools()
    results = []
    for name, arguments in job["calls"]:
        heard = []

        async def progress(done, total, message):
            heard.append([done, message])

        try:
            result = plain(await session.call_tool(name, arguments, progress_callback=progress))
        except Exception as error:
            result = {"raised": str(error)}
        results.append({**result, "progress": heard})
    print(json.dumps({"version": version, "tools": [plain(tool) for tool in tools.tools], "results": results}))


async def main():
    from mcp import StdioServerParameters

    parameters = None
    if "command" in job:
        parameters = StdioServerParameters(command=job["command"][0], args=job["command"][1:])
    try:
        from mcp.client.client import Client
    except ImportError:
        from mcp import ClientSession
        from mcp.client.stdio import stdio_client
        from mcp.client.streamable_http import streamablehttp_client

        streams = stdio_client(parameters) if parameters else streamablehttp_client(job["url"])
        async with streams as (read, write, *_), ClientSession(read, write) as session:
            version = (await session.initialize()).protocolVersion
            await use(session, version)
    else:
        async with Client(parameters or job["url"], mode=job.get("mode", "auto")) as client:
            await use(client, str(client.protocol_version))


asyncio.run(main())
