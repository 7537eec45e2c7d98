# The recipe on a server of its own, with what the tests ask it: prints its port, and tells who follows.
import sys

import news
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import ClosingIterator

news.HEARTBEAT = 0.1
followers = set()


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


def application(environ, start_response):
    """A follower is one whose answer the server has not closed."""
    if environ['PATH_INFO'] == '/followers':
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [str(len(followers)).encode()]
    answer = news.app(environ, start_response)
    if environ['REQUEST_METHOD'] != 'GET':
        return answer
    follower = object()
    followers.add(follower)
    return ClosingIterator(answer, lambda: followers.remove(follower))


if __name__ == '__main__':
    server = make_server('127.0.0.1', 0, application, threaded=True, request_handler=Quiet)
    print(server.port, flush=True)
    server.serve_forever()
