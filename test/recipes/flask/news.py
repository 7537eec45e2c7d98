# Recipe of the README: a route of Flask.
import json
from collections import deque
from threading import Condition

from flask import Flask, Response, request

HEARTBEAT = 15  # seconds
app = Flask(__name__)
news = deque(maxlen=100)  # the last ones
count = 0
more = Condition()


@app.post('/news')
def publish():
    global count
    with more:
        count += 1
        news.append((count, {'headline': request.json['headline']}))
        more.notify_all()
    return '', 204


@app.get('/news')
def follow():
    def stream(told):
        yield ': hello\n\n'  # goes with the head, at once
        while True:
            with more:
                more.wait_for(lambda: told != count, HEARTBEAT)
                first = count - len(news)
                is_lost = not first <= told <= count
                told = first if is_lost else told
                missed = [item for item in news if item[0] > told]
            if is_lost:
                yield 'event: history-lost\ndata: {}\n\n'
            elif not missed:
                yield ': heartbeat\n\n'  # a write that fails ends what nobody reads
            for told, payload in missed:
                yield f'id: {told}\nevent: headline\ndata: {json.dumps(payload)}\n\n'

    told = request.headers.get('Last-Event-ID', count, type=int)
    headers = {'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no'}
    return Response(stream(told), mimetype='text/event-stream', headers=headers)
