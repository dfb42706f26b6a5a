import pytest

from instrument import Service


@pytest.fixture
def service():
    return Service("helloworld", version="1.4.2", environment="staging", hostname="web-1")
