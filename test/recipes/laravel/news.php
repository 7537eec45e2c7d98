// Recipe of the README: a route of Laravel.
use App\Models\News;
use Illuminate\Http\Request;
use Illuminate\Http\StreamedEvent;
use Illuminate\Support\Facades\Route;

Route::get('/news', function (Request $request) {
    $told = (int) $request->header('Last-Event-ID', News::max('id') ?? 0);

    return response()->eventStream(function () use ($told) {
        yield new StreamedEvent(event: 'heartbeat', data: null); // goes with the head, at once
        $spoke = $start = time();
        while (time() - $start < 300) { // then the worker is free, and the client comes back
            foreach (News::where('id', '>', $told)->orderBy('id')->limit(100)->get() as $item) {
                $told = $item->id;
                $spoke = time();
                yield new StreamedEvent(
                    event: 'headline',
                    data: ['id' => $told, 'headline' => $item->headline],
                );
            }
            if (time() - $spoke >= 15) {
                $spoke = time();
                yield new StreamedEvent(event: 'heartbeat', data: null); // who has gone is seen here
            }
            sleep(1);
        }
    }, endStreamWith: null);
});

Route::post('/news', function (Request $request) {
    News::create($request->validate(['headline' => 'required|string']));

    return response()->noContent();
});
