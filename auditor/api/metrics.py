"""`/metrics` for Prometheus: read from the database at most every few seconds, however often it is asked for."""

from collections.abc import Iterator, Mapping

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from auditor.api.asking import NoAnswerError, Question
from auditor.api.context import Context
from auditor.api.families import families
from auditor.api.scraper import scraper
from auditor.store.figures import Figures, figures

_log = structlog.get_logger()


class _Told(Collector):
    """The families of figures that have been asked for already."""

    def __init__(self, found: Figures) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        return families(self._found)


def router(context: Context) -> APIRouter:
    """The one address."""
    metrics = APIRouter(tags=["metrics"], dependencies=[scraper()])
    reasons: dict[int, Mapping[str, int]] = {}
    question = Question(lambda: figures(context.store, reasons), fresh=context.fresh_metrics, patience=context.patience)

    @metrics.get("/metrics")
    async def scrape(request: Request) -> Response:
        try:
            found = await question.answer()
        except NoAnswerError as problem:
            return PlainTextResponse(f"the database gives {problem}\n", 503)
        except Exception as problem:
            _log.warning("no metrics", reason=str(problem))
            return PlainTextResponse("the database cannot be reached, or gives an error: the log says which\n", 503)
        registry = CollectorRegistry()
        registry.register(_Told(found))
        ProcessCollector(registry=registry)
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), media_type=kind)

    return metrics
