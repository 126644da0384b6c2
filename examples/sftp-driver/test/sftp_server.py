"""A real SFTP server for the tests: asyncssh over a folder, with the extensions of OpenSSH that keep writers apart.

Arguments: folder, port, user and password.
"""

import asyncio
import sys

import asyncssh

folder, port, user, password = sys.argv[1:]


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, given):
        return username == user and given == password


class Files(asyncssh.SFTPServer):
    def __init__(self, channel):
        super().__init__(channel, chroot=folder)


async def main():
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(
        Server, "127.0.0.1", int(port), server_host_keys=[key], sftp_factory=Files
    )
    await server.wait_closed()


asyncio.run(main())
